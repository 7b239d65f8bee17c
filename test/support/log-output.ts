import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { createLogger, type LoggerOptions } from '../../src/server/logging/create-logger.js';

export const TEXT: LoggerOptions = { isJson: false, level: 'log' };
export const JSON_LINES: LoggerOptions = { isJson: true, level: 'log' };

/** Text with line breaks, escape sequences, quotes and direction marks. */
export const HOSTILE = [
  'a\nb',
  'a\r\nb',
  'a\rb',
  '\u001b[2K\u001b[1A forged',
  '\u001b]0;title\u0007',
  '\u009b2J',
  '\u0085next line',
  'a\u2028b\u2029c',
  'a\0b',
  'a\u007fb\bc',
  '" userId="someone-else',
  '\\" userId=\\"someone-else',
  '\u202eabc',
  '\u{e0001}tag',
];

/** Runs `work` with the real logger, and returns the output of the process. */
export function outputOf(options: LoggerOptions, work: () => void): string {
  const output = collected(options);
  try {
    work();
    return output();
  } finally {
    restore();
  }
}

/** As {@link outputOf}, until the work has ended. */
export async function outputOfAsync(
  options: LoggerOptions,
  work: () => Promise<void>,
): Promise<string> {
  const output = collected(options);
  try {
    await work();
    return output();
  } finally {
    restore();
  }
}

function collected(options: LoggerOptions): () => string {
  let output = '';
  const collect = (chunk: unknown) => {
    output += String(chunk);
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(collect);
  jest.spyOn(process.stderr, 'write').mockImplementation(collect);
  Logger.overrideLogger(createLogger(options));
  return () => output;
}

function restore(): void {
  jest.restoreAllMocks();
  Logger.overrideLogger(true);
}
