import { createDragonfly } from './dragonfly.ts'
import { createLadybug } from './ladybug.ts'
import { createMapui } from './mapui.ts'
import { createSpider } from './spider.ts'
import type { Credentials, StandIn } from './stand-in.ts'
import { createTerrarium } from './terrarium.ts'
import { createTumblebug } from './tumblebug.ts'
import type { World } from './world.ts'

/** All stand-ins over one world, each with the credentials that are found for its name. */
export const createStandIns = (
  world: World,
  secretsOf: (name: string) => Credentials,
): readonly StandIn[] => [
  createSpider(world, secretsOf('spider')),
  createTumblebug(world, secretsOf('tumblebug')),
  createTerrarium(secretsOf('terrarium')),
  createMapui(),
  createDragonfly(world, secretsOf('dragonfly')),
  createLadybug(world, secretsOf('ladybug')),
]
