/**
 * Whether an `Authorization` header holds this token. Takes as long for a wrong token as for the right one; without a
 * token nothing matches.
 */
export function bearerMatches(
  header: string | null | undefined,
  token: string | undefined,
): boolean {
  if (token === undefined || token === '') return false
  const given = encoder.encode(header ?? '')
  const wanted = encoder.encode(`Bearer ${token}`)
  let difference = given.length ^ wanted.length
  for (const [index, byte] of wanted.entries()) difference |= byte ^ (given[index] ?? 0)
  return difference === 0
}

const encoder = new TextEncoder()
