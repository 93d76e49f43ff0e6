/** An address of a gateway or a component with its scheme. */
export const withScheme = (address: string): string =>
  address.includes('://') ? address : `http://${address}`
