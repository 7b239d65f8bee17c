/** Injection token of the DataSource that this Gatehouse uses; each Gatehouse has its own provider. */
export const GATEHOUSE_DATA_SOURCE = Symbol('gatehouse:data-source');
