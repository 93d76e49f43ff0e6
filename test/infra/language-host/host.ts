/**
 * Plays Pulumi's language host of Node where the released one cannot be had: the engine starts it, and it starts
 * `node` with the runner that comes with @pulumi/pulumi, as `runtime:` in Pulumi.yaml says. It knows no more than the tests need.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as grpc from '@grpc/grpc-js'
import { LanguageRuntimeService } from '@pulumi/pulumi/proto/language_grpc_pb.js'
import language from '@pulumi/pulumi/proto/language_pb.js'
import plugin from '@pulumi/pulumi/proto/plugin_pb.js'

const RUNNER = fileURLToPath(import.meta.resolve('@pulumi/pulumi/cmd/run/index.js'))
/** The runner ends with this code when it has told the user what is wrong (cmd/run/index.js). */
const TOLD = 32

const engine = process.argv.at(-1) ?? ''
const server = new grpc.Server()
server.addService(LanguageRuntimeService, {
  getPluginInfo: answer(() => new plugin.PluginInfo()),
  getRequiredPackages: answer(() => new language.GetRequiredPackagesResponse()),
  getRequiredPlugins: answer(() => new language.GetRequiredPluginsResponse()),
  run: answer(run),
})
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error
  // The engine reads the port from the first line.
  console.log(port)
})
process.stdin.resume().once('end', () => process.exit())

type Call = grpc.ServerUnaryCall<InstanceType<typeof language.RunRequest>, unknown>

function answer(reply: (call: Call) => unknown) {
  return (call: Call, callback: grpc.sendUnaryData<unknown>) => {
    void respond(reply(call), callback)
  }
}

async function respond(reply: unknown, callback: grpc.sendUnaryData<unknown>): Promise<void> {
  callback(null, await reply)
}

/** `runtime.options` of Pulumi.yaml. */
interface Options {
  readonly nodeargs?: string
  readonly typescript?: boolean
}

async function run({ request }: Call): Promise<unknown> {
  const info = request.getInfo()
  const options = (info?.getOptions()?.toJavaScript() ?? {}) as Options
  const directory = info?.getProgramDirectory() ?? ''
  const flags = {
    monitor: request.getMonitorAddress(),
    engine,
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    parallel: String(request.getParallel()),
    pwd: directory,
  }
  const args = [
    ...(options.nodeargs ?? '').split(' '),
    RUNNER,
    ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
    ...(request.getDryrun() ? ['--dry-run'] : []),
    info?.getEntryPoint() ?? '',
  ]
  const env = {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
    PULUMI_NODEJS_TYPESCRIPT: String(options.typescript !== false),
  }
  const child = spawn('node', args, { cwd: directory, env, stdio: 'ignore' })
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  const response = new language.RunResponse()
  if (code === TOLD) response.setBail(true)
  else if (code !== 0) response.setError(`The program ended with ${code}.`)
  return response
}
