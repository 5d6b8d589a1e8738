/** What `jobctl db` does with the file of a store. */
export {
  backupStore,
  checkStore,
  compactStore,
  type StoreReport,
} from "../engine/local/sqlite/store-file.ts";
