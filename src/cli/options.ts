import { InvalidArgumentError, Option } from 'commander'

/** `--config`, the same for every verb. */
export const configOption = (): Option =>
  new Option('--config <path>', 'configuration directory, or its system file').default('routes')

/** A TCP port as commander's argument parser. */
export function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('Not a port (0 to 65535).')
  return port
}

/** A number of seconds, fractions allowed. */
export function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (text.trim() === '' || !(seconds >= 0))
    throw new InvalidArgumentError('Not a number of seconds.')
  return seconds
}

/** `host:port` or `[::1]:port`. */
export function parseAddress(text: string): string {
  const port = Number(/^(?:[^\s:/@]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text)?.[1])
  if (!(port >= 1 && port <= 65_535))
    throw new InvalidArgumentError('Not an address: write host:port.')
  return text
}
