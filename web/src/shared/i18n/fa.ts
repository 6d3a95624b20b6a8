import { type Catalog, en } from './en'
export const fa: Catalog = en
