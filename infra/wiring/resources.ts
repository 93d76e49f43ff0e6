import {
  CustomResource,
  type CustomResourceOptions,
  type Input,
  type Inputs,
  type Output,
} from '@pulumi/pulumi'

/** Our provider's resources as a program declares them; `infra/wiring/provider` says what they do. */
const TYPE = 'cb-bridge:wiring:'

export interface UpstreamArgs {
  readonly gateway: Input<string>
  readonly token: Input<string>
  readonly name: string
  readonly owner: string
  readonly address: Input<string>
  readonly ready: {
    readonly path: string
    readonly codes: number[]
    readonly isAuthenticated: boolean
  }
  readonly passesAuthorization: boolean
  readonly auth?: Input<{ readonly username: string; readonly password: Input<string> }>
  readonly boundMs: number
  readonly drainMs: number
}

/** A component's place in a gateway. */
export class Upstream extends CustomResource {
  constructor(name: string, args: UpstreamArgs, options: CustomResourceOptions) {
    const outputs: Inputs = { etag: undefined, writtenAt: undefined, drift: undefined }
    super(`${TYPE}Upstream`, name, { ...args, ...outputs }, withSecrets(options, 'token', 'auth'))
  }
}

export interface GeneratedSecretArgs {
  readonly length: number
  readonly alphabet: string
  readonly existing?: Input<string>
  readonly rotate?: boolean
  readonly fixed?: string
}

/** A value that nobody has to think of. */
export class GeneratedSecret extends CustomResource {
  declare readonly value: Output<string>

  constructor(name: string, args: GeneratedSecretArgs, options: CustomResourceOptions) {
    const all = { ...args, value: undefined }
    super(`${TYPE}GeneratedSecret`, name, all, withSecrets(options, 'value', 'existing'))
  }
}

export interface GatewayTokenArgs {
  readonly gateway: string
  readonly name: string
  readonly given?: Input<string>
  readonly bootstrap?: Input<string>
}

/** What opens a gateway's registry. */
export class GatewayToken extends CustomResource {
  declare readonly token: Output<string>

  constructor(name: string, args: GatewayTokenArgs, options: CustomResourceOptions = {}) {
    const all = { ...args, token: undefined }
    super(`${TYPE}GatewayToken`, name, all, withSecrets(options, 'token', 'given', 'bootstrap'))
  }
}

const withSecrets = (options: CustomResourceOptions, ...names: string[]) => ({
  ...options,
  additionalSecretOutputs: names,
})
