/**
 * What clients may write for `/name/KEY` in the hope of getting past whatever guards it: peers' CVEs and their kind.
 * Each is the protected path to somebody in the chain, and each was let through by somebody else.
 */
export const spellingsOf = (name: string): readonly string[] =>
  SPELLINGS.map((spelling) =>
    spelling
      .replaceAll('NAME', name)
      .replaceAll('REST', name.slice(1))
      .replaceAll('HEX', name.charCodeAt(0).toString(16))
      .replaceAll('UPPER', name.toUpperCase()),
  )

const SPELLINGS = [
  '/NAME/KEY',
  '//NAME/KEY',
  '///NAME/KEY',
  '/NAME//KEY',
  '/./NAME/KEY',
  '/NAME/./KEY',
  '/NAME/x/../KEY',
  '/one/../NAME/KEY',
  '/one/%2e%2e/NAME/KEY',
  '/one/%2E./NAME/KEY',
  '/one/..%2fNAME/KEY',
  '/one/..%5cNAME/KEY',
  '/one/..\\NAME/KEY',
  '/one\\..\\NAME\\KEY',
  '/one/..;/NAME/KEY',
  '/one/%252e%252e/NAME/KEY',
  '/%HEXREST/KEY',
  '/%25HEXREST/KEY',
  '/NAME%2fKEY',
  '/NAME%2FKEY',
  '/NAME%5cKEY',
  '/NAME%00/KEY',
  '/NAME%20/KEY',
  '/NAME%09/KEY',
  '/NAME./KEY',
  '/NAME;/KEY',
  '/NAME;a=b/KEY',
  '/NAME/KEY;a=b',
  '/NAME/KEY%00.json',
  '/NAME/KEY.json',
  '/UPPER/KEY',
  '/UPPER/KEY/',
  '/NAME/KEY/',
  '/NAME/KEY//',
  '/NAME/KEY/.',
  '/NAME/KEY%0d%0aX-A:%20b',
  '/NAME/KEY?x=/../..',
  '/NAME/KEY?',
  '/NAME/KEY%3fx',
  '/NAME/KEY%23x',
  '/NAME%c0%afKEY',
  '/NAME%ef%bc%8fKEY',
  '/NAME/%e0%80%ae%e0%80%ae/KEY',
]
