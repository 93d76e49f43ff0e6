import { emulator } from '../hosts/emulator.ts'
import { contract } from './contract.ts'

contract(emulator)
