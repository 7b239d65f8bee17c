/** The entries, one a line. The text is allocated when it is called: few processes check a new password. */
export declare function leakedPasswordText(): string;
