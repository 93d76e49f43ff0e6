import type { Command } from 'commander'
import { createAdminClient } from '../client/client.ts'
import { readCredential, writeCredential } from './credentials.ts'
import { must, reach, urlOption } from './remote.ts'

/** `cb-bridge logout`: the gateway forgets the token, and so do we. */
export function addLogout(program: Command): void {
  program
    .command('logout')
    .description('end the token that login has kept for a gateway')
    .addOption(urlOption())
    .addHelpText('after', '\nExample:\n  $ npx cb-bridge logout --url https://gateway.example.com')
    .action(async ({ url }: { readonly url: string }) => {
      const kept = readCredential(url)
      if (kept === undefined) {
        console.log(`not signed in to ${url}`)
        return
      }
      const client = createAdminClient({ url, token: kept.token })
      const ended = await reach(
        kept.id === undefined ? client.signOut() : client.removeToken(kept.id),
      )
      // Dead already is as good.
      if (!ended.ok && ![401, 404].includes(ended.error.status)) await must(Promise.resolve(ended))
      writeCredential(url, undefined)
      console.log(`signed out of ${url}`)
    })
}
