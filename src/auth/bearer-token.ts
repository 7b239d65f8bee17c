const BEARER = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i;

/** The token of an `Authorization: Bearer` value, RFC 6750 §2.1; `undefined` for any other form. */
export function bearerToken(authorization: string): string | undefined {
  return BEARER.exec(authorization)?.[1];
}

/** The two halves of an API key as one string; `undefined` for a JWT, which has two dots. */
export function apiKeyParts(token: string): { key: string; secret: string } | undefined {
  const [key, secret, ...rest] = token.split('.');
  if (key === undefined || secret === undefined || rest.length > 0) return undefined;
  return { key, secret };
}
