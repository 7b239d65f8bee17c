/** The DataSource of one Gatehouse: the host's, under a name that no other Gatehouse has. */
export const GATEHOUSE_DATA_SOURCE = Symbol('gatehouse:data-source');
