/** Reads a verb's modules while the engine says which one it is: both take a while. */
export async function load<T>(verb: () => Promise<T>): Promise<T> {
  const { onPath } = await import('../../../infra/operate/on-path.ts')
  void onPath()
  return verb()
}
