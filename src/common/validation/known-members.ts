import type { ArgumentMetadata, Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { CodedException } from '../errors/coded.exception.js';
import { ERROR } from '../errors/error-codes.js';
import { isCredentialParameter, isPoisonedPath } from './refused-names.js';

/** Names that a DTO declares, by its class; filled in at the first request. */
const declared = new WeakMap<object, ReadonlySet<string> | undefined>();

/**
 * Makes the validation step ignore members that the DTO does not declare, as OAuth requires of its endpoints
 * (RFC 6749 §3.2). Every other DTO refuses them (S-98, S-126).
 */
export function IgnoresUnknownMembers(): ClassDecorator {
  return (dto) => void declared.set(dto, undefined);
}

/**
 * Leaves out the members that a DTO ignores; a value of any other DTO stays as it is.
 *
 * @throws CodedException 40001 for a declared name in another spelling and for a credential in the query,
 *   40002 for a name that reaches a prototype
 */
export function knownMembers(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
  const isLenient = metatype !== undefined && declared.has(metatype);
  if (!isLenient || typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value;
  }
  const known = namesOf(metatype);
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => {
      if (isPoisonedPath(name)) throw new CodedException(ERROR.BODY_NOT_JSON);
      // A host's application has no gate that checked the query (S-43).
      if (type === 'query' && isCredentialParameter(name)) {
        throw invalid('query', 'query must not carry a credential');
      }
      if (known.has(name)) return true;
      const meant = plainSpelling(name);
      if (known.has(meant)) throw invalid(meant, `${meant} must be spelt in exactly this way`);
      return false;
    }),
  );
}

function namesOf(dto: Type): ReadonlySet<string> {
  const names = declared.get(dto) ?? declaredNames(dto);
  declared.set(dto, names);
  return names;
}

function declaredNames(dto: Type): ReadonlySet<string> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  return new Set(rules.map(({ propertyName }) => propertyName));
}

/** The name that a lenient parser would read from `Grant_Type`, `grant_type[]` or `ſcope`. */
function plainSpelling(name: string): string {
  const [head = ''] = name.split(/[[\].]/);
  return head.normalize('NFKC').trim().toLowerCase();
}

function invalid(field: string, message: string): CodedException {
  return new CodedException(ERROR.REQUEST_INVALID, { errors: [{ field, message }] });
}
