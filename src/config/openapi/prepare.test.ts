import { describe, expect, test } from 'vitest'
import { load } from '../load.ts'
import { printDiagnostic } from '../diagnostics.ts'

/** As CB-Tumblebug publishes its API. */
const SWAGGER_2 = `
swagger: "2.0"
basePath: /tumblebug
paths:
  /ns/{nsId}/infra:
    parameters:
      - {name: nsId, in: path, required: true, type: string, minLength: 2}
    post:
      operationId: PostInfra
      parameters:
        - {name: body, in: body, required: true, schema: {$ref: "#/definitions/model.InfraReq"}}
        - {name: option, in: query, type: string, enum: [register, hold]}
        - {name: tags, in: query, type: array, items: {type: string}, collectionFormat: multi}
        - {name: upload, in: formData, type: file}
    get: {operationId: GetAllInfra, responses: {}}
definitions:
  model.InfraReq:
    type: object
    required: [name, id]
    properties:
      id: {type: string, readOnly: true}
      name: {type: string, example: infra01}
      size: {type: integer, minimum: 0, exclusiveMinimum: true, x-order: 1}
      parent: {$ref: "#/definitions/model.InfraReq"}
      note: {type: string, x-nullable: true}
`

const OPENAPI_3 = JSON.stringify({
  openapi: '3.0.3',
  paths: {
    '/things': {
      put: {
        operationId: 'putThing',
        parameters: [
          { $ref: '#/components/parameters/Limit' },
          { name: 'sid', in: 'cookie', schema: {} },
        ],
        requestBody: { $ref: '#/components/requestBodies/Thing' },
      },
      post: { operationId: 'twice', requestBody: { content: { 'text/csv': { schema: {} } } } },
      patch: { operationId: 'twice' },
    },
  },
  components: {
    parameters: {
      Limit: { name: 'limit', in: 'query', schema: { type: 'integer', nullable: true } },
    },
    requestBodies: {
      Thing: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/a~1b' } } },
      },
    },
    schemas: {
      'a/b': {
        allOf: [{ $ref: '#/components/schemas/Base' }],
        discriminator: { propertyName: 'k' },
      },
      Base: { type: 'object', nullable: true },
    },
  },
})

function loadWith(block: string) {
  const { document, diagnostics } = load({
    system: { name: 'gateway.yaml', text: 'version: 1\nname: a' },
    groups: [
      {
        name: 'apis/a.yaml',
        text: `definitions:\n- name: a\n  endpoint: /ns/{nsId}\n  method: POST\n  hosts: [{host: h}]\n  middleware:\n    mw-validate: {${block}}\n  backend: [{}]`,
      },
    ],
    specs: [
      { name: 'openapi/tumblebug.yaml', text: SWAGGER_2 },
      { name: 'openapi/things.json', text: OPENAPI_3 },
      { name: 'openapi/broken.json', text: '{' },
    ],
  })
  const written = document?.groups[0]?.definitions[0]?.middleware['mw-validate']
  return { block: written, said: diagnostics.map(printDiagnostic) }
}

describe('an operation of Swagger 2', () => {
  test.each(['PostInfra', 'POST /ns/{nsId}/infra', 'POST /tumblebug/ns/{nsId}/infra'])(
    'stands in the document as schemas: %s',
    (operation) => {
      const { block } = loadWith(`openapi: tumblebug.yaml, operation: "${operation}"`)
      expect(block).toEqual({
        source: `tumblebug.yaml ${operation}`,
        body_required: true,
        body: {
          $ref: '#/$defs/model.InfraReq',
          $defs: {
            'model.InfraReq': {
              type: 'object',
              required: ['name'],
              properties: {
                id: { type: 'string', readOnly: true },
                name: { type: 'string' },
                size: { type: 'integer', exclusiveMinimum: 0 },
                parent: { $ref: '#/$defs/model.InfraReq' },
                note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
              },
            },
          },
        },
        parameters: [
          {
            name: 'nsId',
            in: 'path',
            required: true,
            list: false,
            schema: { type: 'string', minLength: 2 },
          },
          {
            name: 'option',
            in: 'query',
            required: false,
            list: false,
            schema: { type: 'string', enum: ['register', 'hold'] },
          },
          {
            name: 'tags',
            in: 'query',
            required: false,
            list: true,
            schema: { type: 'array', items: { type: 'string' } },
          },
        ],
      })
    },
  )

  test('without a body has none', () => {
    const { block, said } = loadWith('openapi: tumblebug.yaml, operation: GetAllInfra')
    expect(block).not.toHaveProperty('body')
    expect(said).toEqual([])
  })
})

describe('an operation of OpenAPI 3', () => {
  test('stands in the document as schemas, shared parts included', () => {
    const { block, said } = loadWith('openapi: things.json, operation: putThing, max_size: 5KB')
    expect(block).toEqual({
      source: 'things.json putThing',
      body_required: true,
      max_size: '5KB',
      body: {
        $ref: '#/$defs/a~1b'.replace('a~1b', 'a_1b'),
        $defs: {
          a_1b: { allOf: [{ $ref: '#/$defs/Base' }] },
          Base: { anyOf: [{ type: 'object' }, { type: 'null' }] },
        },
      },
      parameters: [
        {
          name: 'limit',
          in: 'query',
          required: false,
          list: false,
          schema: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
        },
      ],
    })
    expect(said).toEqual([expect.stringContaining('warning: The cookie "sid" is not checked.')])
  })
})

describe('what cannot be found is an error at its place', () => {
  test.each([
    ['openapi: none.yaml, operation: a', '7:28: error: There is no such file that can be read.'],
    ['openapi: broken.json, operation: a', '7:28: error: There is no such file that can be read.'],
    [
      'openapi: ../gateway.yaml, operation: a',
      '7:28: error: There is no such file that can be read.',
    ],
    ['openapi: "${FILE}", operation: a', '7:28: error: The file must be named, not referred to.'],
    ['openapi: things.json', '7:28: error: The operation is missing.'],
    ['openapi: things.json, operation: none', '7:52: error: The operation is not in the file.'],
    [
      'openapi: things.json, operation: twice',
      '7:52: error: The operation is there more than once',
    ],
  ])('%s', (block, expected) => {
    expect(loadWith(block).said.join('\n')).toContain(`apis/a.yaml:${expected}`)
  })

  test('also where no files are read', () => {
    const { diagnostics } = load({
      system: { name: 'gateway.yaml', text: 'version: 1\nname: a' },
      groups: [
        {
          name: 'apis/a.yaml',
          text: 'definitions: [{name: a, endpoint: /a, hosts: [{host: h}], middleware: {mw-validate: {openapi: a, operation: b}}, backend: [{}]}]',
        },
      ],
    })
    expect(diagnostics.map(printDiagnostic).join()).toContain('error: "openapi" is read from disk')
  })
})
