import { program, type Outputs } from './program.ts'

/** What `pulumi up` runs. */
export default (): Promise<Outputs> => program()
