/** Where Swagger UI is served; the document is beside it under `-json`. */
export const DOCS_PATH = '/docs';
