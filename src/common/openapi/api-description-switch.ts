let isEnabled = true;

/** Whether controllers and DTOs contribute to the API description. */
export function isApiDescriptionEnabled(): boolean {
  return isEnabled;
}

/**
 * Turns the API description off in a process that does not show it, which saves 200 ms and 15 MB. Must be called before
 * the first controller is imported.
 */
export function disableApiDescription(): void {
  isEnabled = false;
}
