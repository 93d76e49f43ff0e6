/** A public key for signatures (RFC 7517): public members alone, each a text, and always with its `alg`. */
export type PublicKey = Readonly<Record<string, string>>

/** The keys of an issuer of tokens. It is the same object as long as they are the same, so work on them can be kept. */
export interface KeySet {
  readonly keys: readonly PublicKey[]
}

/** Where the keys of issuers come from. */
export interface IssuerKeys {
  /**
   * The keys that are published at an address; `missed` is the set that lacked the key of a token, which asks for a
   * newer one. Never rejects: the reason why there are none is for the log.
   */
  readonly find: (url: string, missed?: KeySet) => Promise<FoundKeys>
}

export type FoundKeys =
  | { readonly kind: 'found'; readonly set: KeySet }
  | { readonly kind: 'unavailable'; readonly reason: string }

/** Where one address is read for all isolates, by address; a Durable Object namespace has this shape. */
export interface KeyReaders {
  readonly getByName: (url: string) => KeyReader
}

export interface KeyReader {
  /** The keys of its address; `isMissing` asks for newer ones than those it gave last. */
  readonly read: (url: string, isMissing: boolean) => Promise<ReadKeys>
}

/** What a reader knows. Times are from now on, so that clocks need not agree. */
export type ReadKeys =
  | {
      readonly kind: 'keys'
      readonly keys: readonly PublicKey[]
      /** Before that time asking for newer ones is in vain. */
      readonly newerAfterMs: number
    }
  | { readonly kind: 'unavailable'; readonly reason: string; readonly retryAfterMs: number }
