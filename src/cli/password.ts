import type { Command } from 'commander'
import { complaintAboutPassword, hashPassword } from '../lib/password-hash.ts'
import { UserFault } from './fault.ts'
import { askNewPassword } from './prompt.ts'
import { scrypt } from './scrypt.ts'

/** `cb-bridge password`: a hash for `admin.credentials.basic.users` of the system file. */
export function addPassword(program: Command): void {
  program
    .command('password')
    .description('make the hash of a password, for users in the system file')
    .addHelpText(
      'after',
      '\nThe password is asked for, or read from stdin; it is no argument, which other users of this machine could see.' +
        '\n\nExamples:\n  $ npx cb-bridge password\n  $ printf \'%s\' "$PASSWORD" | npx cb-bridge password',
    )
    .action(async () => {
      const password = await askNewPassword()
      const complaint = complaintAboutPassword(password)
      if (complaint !== undefined) throw new UserFault(complaint)
      console.log(await hashPassword(password, scrypt))
    })
}
