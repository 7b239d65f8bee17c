/** The values that a setting takes. */
export interface SettingType<T> {
  readonly unit?: string;
  /**
   * Reads the text of an environment variable.
   *
   * @throws Error that says what is wrong and never repeats the text, which may be a secret (S-154)
   */
  read(text: string): T;
  /**
   * Checks an option of a host, and gives it in its canonical form.
   *
   * @throws Error as `read` does
   */
  check(value: T): T;
}

/** One setting: an option of a host, an environment variable of the service, or both. */
export interface Setting {
  /** Missing where only a host's code can set it. */
  readonly type?: SettingType<unknown>;
  /** The environment variable that sets a host's option in the service. */
  readonly variable?: string;
  /** The host's option that a variable of the service corresponds to without setting it. */
  readonly option?: string;
  readonly default?: string | number | boolean | readonly string[];
  /** The effect of a missing default, as docs/embedding.md states it. */
  readonly unset?: string;
  /** One line for `.env.example` and docs/embedding.md. */
  readonly description: string;
  /** For the message that refuses a value; the default where it is missing. A function makes a new secret. */
  readonly example?: string | (() => string);
  /** Whether the value is a secret, which the service also takes from the file that `<variable>_FILE` names. */
  readonly isSecret?: true;
}

export type SettingTable = Readonly<Record<string, Setting>>;

/** The value of a setting once it is read. */
export type ValueOf<S> = S extends { type: SettingType<infer T> }
  ? S extends { default: unknown }
    ? T
    : T | undefined
  : unknown;

type GroupOf<Path> = Path extends `${infer Group}.${string}` ? Group : Path;

/** `{ 'session.max': number }` as `{ session: { max: number } }`. */
export type Nested<V> = {
  readonly [G in GroupOf<keyof V> & string]: G extends keyof V
    ? V[G]
    : { readonly [P in keyof V as P extends `${G}.${infer Name}` ? Name : never]: V[P] };
};

export function nested<V extends object>(values: V): Nested<V> {
  const result: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(values)) {
    const [group = '', name] = path.split('.');
    result[group] = name === undefined ? value : { ...(result[group] as object), [name]: value };
  }
  return result as Nested<V>;
}

/** The value at a path such as `session.max`. */
export function valueAt(options: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], options);
}
