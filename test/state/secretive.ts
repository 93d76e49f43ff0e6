/** Opens the Admin API for the first admin. */
export const BOOTSTRAP = 'MARKER-the-bootstrap-token'
export const PASSWORD = 'MARKER-password-of-everybody'
/** Values of references; nobody may see them. */
export const VALUES = {
  METRICS_TOKEN: 'MARKER-token-of-the-metrics',
  SPIDER_PASSWORD: 'MARKER-password-of-spider',
  SHARED_KEY: 'MARKER-a-key-that-is-shared-with-an-issuer',
}
/** Credentials that somebody has written into the files; whoever may write them may see them. */
export const LITERALS = ['MARKER-literal-bearer', 'MARKER-literal-key', 'MARKER-plaintext-password']

/** A system file with all kinds of credentials. */
export const SYSTEM = `version: 1
name: secretive
timeout: 10s
snapshots: {check: 100ms}
admin: {credentials: {basic: {users: {old: MARKER-plaintext-password}}}}
upstreams:
  spider: {targets: [{url: "http://127.0.0.1:1"}], auth: {basic: {username: ada, password: "\${SPIDER_PASSWORD}"}}}
  literal: {targets: [{url: "http://127.0.0.1:1"}], auth: {bearer: MARKER-literal-bearer}}
`
/** An API file with all kinds of credentials. */
export const group = (host: string) => `definitions:
  - name: guarded
    endpoint: /guarded/{key}
    hosts: [{host: ${host}}]
    backend: [{url_pattern: "/{key}"}]
    middleware:
      mw-auth: {secure_key: MARKER-literal-key, access_ids: [a]}
      mw-jwt: {issuers: [{issuer: "https://issuer.test", secret: "\${SHARED_KEY}"}]}
      mw-ratelimit: {max_rate: 5}
  - {name: literal, endpoint: /literal, hosts: [{host: literal}], backend: [{url_pattern: /}]}
`
