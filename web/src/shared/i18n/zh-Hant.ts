import { type Catalog, en } from './en'
export const zhHant: Catalog = en
