import { json, message, objectOf, textOf } from './replies.ts'
import type { Call, Handler, Reply, Routes } from './router.ts'
import { resourcesOf } from './world.ts'
import type { Resource, World } from './world.ts'

const TYPES = ['vNet', 'securityGroup', 'sshKey', 'image', 'spec', 'dataDisk', 'customImage']

/** Networks, firewalls, keys, images and specs of a namespace. */
export function resourceRoutes(world: World): Routes {
  return Object.assign({}, ...TYPES.map((type) => typeRoutes(world, type)))
}

function typeRoutes(world: World, type: string): Routes {
  const at = `/tumblebug/ns/:nsId/resources/${type}`
  const one = (answer: (resource: Resource, key: string) => Reply): Handler => {
    return (call) => {
      const key = `${call.param('nsId')}/${type}/${call.param('id')}`
      const found = world.resources.get(key)
      return found === undefined
        ? message(500, `cannot find the ${type} ${call.param('id')}`)
        : answer(found, key)
    }
  }
  return {
    [`GET ${at}`]: (call) => {
      const all = resourcesOf(world, call.param('nsId'), type)
      return call.query.get('option') === 'id'
        ? json({ output: all.map(({ id }) => id) })
        : json({ [type]: all.map(view) })
    },
    [`POST ${at}`]: (call) => create(world, type, call),
    [`GET ${at}/:id`]: one((resource) => json(view(resource))),
    [`DELETE ${at}/:id`]: one((resource, key) => {
      world.resources.delete(key)
      return message(200, `The ${type} ${resource.id} has been deleted`)
    }),
  }
}

function create(world: World, type: string, call: Call): Reply {
  const body = objectOf(call)
  if (body === undefined) return message(400, 'code=400, message=Syntax error')
  const { name: _name, ...fields } = body
  const id = textOf(body, 'name')
  const namespace = call.param('nsId')
  const key = `${namespace}/${type}/${id}`
  if (id === '') return message(500, `Key: '${type}Req.Name' Error: required`)
  if (world.resources.has(key)) return message(500, `The ${type} ${id} already exists.`)
  const resource = { namespace, type, id, fields }
  world.resources.set(key, resource)
  return json(view(resource))
}

const view = ({ type, id, fields }: Resource) => ({ resourceType: type, id, name: id, ...fields })
