import { contract } from '../contract/contract.ts'
import { insideWorkerd } from '../hosts/workerd.ts'

contract(insideWorkerd)
