/** How long a durable object may take; after that the outcome of a call is unknown. */
export const PATIENCE_MS = 5000
