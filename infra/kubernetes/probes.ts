import type { types } from '@pulumi/kubernetes'
import type { Probe, Probes, Times } from '../system/model.ts'

type KubernetesProbe = types.input.core.v1.Probe

/** Time between two looks at a container that starts. */
const STARTING_MS = 3_000

/**
 * The three probes of a container. Until it was ready once, its time to start counts and nothing else: a slow start is
 * no failure. Afterwards unready means no traffic, and what is not alive is started again.
 */
export function probesOf({ ready, alive }: Probes, { startMs }: Times) {
  const failures = Math.max(1, Math.ceil(startMs / STARTING_MS))
  return {
    startupProbe: probeOf({ ...ready, everyMs: STARTING_MS, failures }),
    readinessProbe: probeOf(ready),
    ...(alive === undefined ? {} : { livenessProbe: probeOf(alive) }),
  }
}

function probeOf({ check, everyMs, timeoutMs, failures }: Probe): KubernetesProbe {
  return {
    ...actionOf(check),
    periodSeconds: seconds(everyMs),
    timeoutSeconds: seconds(timeoutMs),
    failureThreshold: failures,
  }
}

function actionOf(check: Probe['check']): KubernetesProbe {
  switch (check.kind) {
    case 'exec':
      return { exec: { command: [...check.command] } }
    case 'tcp':
      return { tcpSocket: { port: check.port } }
    case 'http':
      return { httpGet: { path: check.path, port: check.port } }
  }
}

/** Whole seconds, at least one: Kubernetes knows no others. */
export const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000))
