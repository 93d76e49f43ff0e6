import { isName } from './provision.ts'
import { json, message, objectOf, textOf } from './replies.ts'
import type { Call, Reply, Routes } from './router.ts'
import { infrasOf } from './world.ts'
import type { Namespace, World } from './world.ts'

const NAMING_RULE =
  'The first character of name must be a lowercase letter, and all following characters must be a dash, ' +
  'lowercase letter, or digit, except the last character, which cannot be a dash.'

/** Creation, change and removal of namespaces. */
export function namespaceRoutes(world: World): Routes {
  const all = () => [...world.namespaces.values()]
  const one = (call: Call, answer: (namespace: Namespace) => Reply): Reply => {
    const namespace = world.namespaces.get(call.param('nsId'))
    return namespace === undefined ? message(404, 'Not valid namespace') : answer(namespace)
  }
  return {
    'GET /tumblebug/ns': (call) =>
      call.query.get('option') === 'id'
        ? json({ output: all().map(({ id }) => id) })
        : json({ ns: all().map(view) }),
    'POST /tumblebug/ns': (call) => create(world, call),
    'GET /tumblebug/ns/:nsId': (call) => one(call, (namespace) => json(view(namespace))),
    'PUT /tumblebug/ns/:nsId': (call) =>
      one(call, (namespace) => {
        const description = textOf(objectOf(call) ?? {}, 'description', namespace.description)
        const changed = { ...namespace, description }
        world.namespaces.set(namespace.id, changed)
        return json(view(changed))
      }),
    'DELETE /tumblebug/ns/:nsId': (call) =>
      one(call, ({ id }) => {
        if (infrasOf(world, id).length > 0) return message(500, `Cannot delete NS ${id}: not empty`)
        world.namespaces.delete(id)
        return message(200, `The ns ${id} has been deleted`)
      }),
    'GET /tumblebug/checkNs/:nsId': (call) =>
      json({ exists: world.namespaces.has(call.param('nsId')) }),
  }
}

function create(world: World, call: Call): Reply {
  const body = objectOf(call)
  if (body === undefined) return message(400, 'code=400, message=Syntax error')
  const id = textOf(body, 'name')
  if (!isName(id)) return message(500, NAMING_RULE)
  if (world.namespaces.has(id)) {
    return message(500, `CreateNs(); The namespace ${id} already exists.`)
  }
  const namespace = { id, uid: `ns-${world.next()}`, description: textOf(body, 'description') }
  world.namespaces.set(id, namespace)
  return json(view(namespace))
}

const view = ({ id, uid, description }: Namespace) => ({
  resourceType: 'ns',
  id,
  uid,
  name: id,
  description,
})
