import type { Output, Resource } from '@pulumi/pulumi'
import type { Secret } from '../system/model.ts'

/** Where the values of generated secrets come from, and stay. The same secret always has the same value. */
export type SecretSource = (wanted: WantedSecret, parent: Resource) => Output<string>

export interface WantedSecret extends Secret {
  readonly component: string
}
