import { ValidateBy, type ValidationOptions } from 'class-validator';

/**
 * Accepts at most `max` Unicode code points, as a database column counts them (S-138). `MaxLength` does not count
 * variation selectors, so that a text which it accepts may not fit.
 */
export function MaxCharacters(max: number, options: ValidationOptions = {}): PropertyDecorator {
  const each = options.each === true ? 'each value in ' : '';
  return ValidateBy(
    {
      name: 'maxCharacters',
      constraints: [max],
      validator: {
        validate: (value) => typeof value === 'string' && [...value].length <= max,
        defaultMessage: () => `${each}$property must be shorter than or equal to ${max} characters`,
      },
    },
    options,
  );
}
