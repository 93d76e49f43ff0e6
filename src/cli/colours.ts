import { styleText } from 'node:util'

type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim'

/** A text in a style where stdout is a terminal that shows it; NO_COLOR and FORCE_COLOR count (Node's rules). */
export const paint = (style: Style, text: string): string =>
  styleText(style, text, { stream: process.stdout })
