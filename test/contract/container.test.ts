import { container } from '../hosts/container.ts'
import { contract } from './contract.ts'

contract(container)
