import { printDiagnostic } from './diagnostics.ts'
import type { LoadOptions } from './file.ts'
import { load, type Loaded } from './load.ts'

/** Loads texts: the system file needs no name here, and API files are named `apis/a.yaml`, `apis/b.yaml`. */
export function loadTexts(
  system: string,
  groups: readonly string[] = [],
  options: LoadOptions = {},
): Loaded {
  return load(
    {
      system: { name: 'gateway.yaml', text: system },
      groups: groups.map((text, index) => ({
        name: `apis/${String.fromCharCode(97 + index)}.yaml`,
        text,
      })),
    },
    options,
  )
}

/** The diagnostics of a system file, printed. */
export const diagnoseSystem = (text: string, options: LoadOptions = {}): readonly string[] =>
  loadTexts(text, [], options).diagnostics.map(printDiagnostic)

/** The diagnostics of an API file beside a system file that is in order, printed. */
export const diagnoseApis = (text: string, options: LoadOptions = {}): readonly string[] =>
  loadTexts('{name: test, timeout: 1s}', [text], options).diagnostics.map(printDiagnostic)
