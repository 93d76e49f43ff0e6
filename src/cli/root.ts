import { fileURLToPath } from 'node:url'

/** Absolute path of the checkout (or of the image's application directory): where wrangler.toml and src stand. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
