/** The user of all examples, so that they work one after the other: sign-up, sign-in, a new password. */
export const EXAMPLE_USER = {
  email: 'ada@example.com',
  password: 'three grey geese in a green field',
} as const;
