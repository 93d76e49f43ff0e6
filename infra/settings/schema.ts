import * as z from 'zod'
import { duration, host, label, scalar } from '../../src/config/schema/scalars.ts'
import { err, ok } from '../../src/lib/result.ts'
import { quantity } from '../catalog/schema.ts'

/** How an address of a component is made that a gateway can reach. */
const REACH = ['cluster', 'loadBalancer', 'nodePort', 'tunnel'] as const

const storage = z.object({
  size: quantity().exactOptional().describe('Size of the volume; may grow, never shrink.'),
  class: label().exactOptional().describe("Its StorageClass; the cluster's default without."),
})

const placement = z.object({
  kubeconfig: label()
    .exactOptional()
    .describe('Path of the kubeconfig file; `KUBECONFIG`, else `~/.kube/config`, without.'),
  context: label().describe('Context in that file.'),
})

/** What can be set for a stack. Every name of a component is one of the catalogue. */
export const settingsSchema = z.object({
  catalog: label()
    .default('v0.13')
    .describe('Release of Cloud-Barista: a file in `infra/catalog`.'),
  components: z
    .union([z.array(label()).min(1), label()])
    .transform((names) => (typeof names === 'string' ? names.split(/\s*,\s*/) : names))
    .exactOptional()
    .describe('Components to run; what they need comes with them. All of the release without.'),
  namespace: scalar('name', readNamespace)
    .default('cloud-barista')
    .describe('Namespace of the system. One that was there before is used and never deleted.'),
  versions: z
    .record(z.string(), label())
    .default({})
    .describe("Another tag of a component's image."),
  images: z
    .record(z.string(), scalar('image', readImage))
    .default({})
    .describe('Another image of a component, whole, with tag or digest.'),
  replicas: z
    .record(z.string(), z.int().min(1).max(100))
    .default({})
    .describe('Pods of a component; more than one only where the catalogue allows it.'),
  environment: z
    .record(z.string(), z.record(z.string(), z.string()))
    .default({})
    .describe("Variables of a component's environment, over those of the catalogue. No secrets."),
  addresses: z
    .record(z.string(), host())
    .default({})
    .describe('The address under which a component is published, instead of that of `reach`.'),
  reach: z
    .enum(REACH)
    .meta({ title: 'word' })
    .default('cluster')
    .describe(
      'Which address of a component is published: `cluster` (its Service), `loadBalancer`, `nodePort`, or `tunnel` (yours, named in `addresses`).',
    ),
  bounds: z
    .record(z.string(), duration())
    .default({})
    .describe(
      'How long a component may take from the change to readiness, with the pull of its image.',
    ),
  storage: z
    .record(z.string(), z.union([quantity(), storage]))
    .default({})
    .describe('Volumes of a component: a size, or a map.'),
  gateway: z
    .object({
      url: host().exactOptional().describe('Address of the gateway that carries the traffic.'),
      image: scalar('image', readImage)
        .exactOptional()
        .describe('Image of a gateway in the cluster; not in this version.'),
      replicas: z.int().min(1).max(100).exactOptional().describe('Its pods; not in this version.'),
    })
    .default({})
    .describe('The gateway to which components are published.'),
  rotate: z
    .union([z.array(label()), label()])
    .transform((names) => (typeof names === 'string' ? names.split(/\s*,\s*/) : names))
    .default([])
    .describe(
      'Secrets to make anew, e.g. `cb-spider.api-password`; only where the component can take it.',
    ),
  placements: z
    .record(z.string(), placement)
    .default({})
    .describe('Clusters by a name of yours; one in this version. The current context without.'),
})

export type Settings = z.output<typeof settingsSchema>

/** An RFC 1123 label, outside Kubernetes' own. */
function readNamespace(text: string) {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) {
    return err({
      message: 'This is no name of a namespace.',
      hint: 'Use up to 63 lower-case letters, digits and "-".',
    })
  }
  return text.startsWith('kube-')
    ? err({ message: 'This namespace belongs to Kubernetes.', hint: 'Use one of your own.' })
    : ok(text)
}

/** `[registry/]name[:tag][@digest]`, as container runtimes take it. */
function readImage(text: string) {
  return /^[a-z0-9][a-zA-Z0-9.:_/-]*(?:@sha256:[0-9a-f]{64})?$/.test(text)
    ? ok(text)
    : err({
        message: 'This is no reference of an image.',
        hint: 'Write it like "registry.example/name:tag" or "...@sha256:...".',
      })
}
