/**
 * What the user can put right: the message is all that is printed, and the exit code is 1.
 *
 * Anything else that is thrown is our bug: exit code 2.
 */
export class UserFault extends Error {
  override readonly name = 'UserFault'
}
