export { checkColumnMapping, type ColumnMapping } from './column-mapping.js';
export { Import, ImportRow } from './import.entity.js';
export { Imports, type ImportOptions } from './imports.js';
export { InboundEvent } from './inbound-event.entity.js';
export { CompleteImports1764200013000 } from './migrations/1764200013000-complete-imports.js';
export { CreateInbound1764000007000 } from './migrations/1764000007000-create-inbound.js';
export { HrmsSyncModule } from './hrms-sync.module.js';
export { HoldImports1764820000004 } from './migrations/1764820000004-hold-imports.js';
export { OrderImportRows1764820000003 } from './migrations/1764820000003-order-import-rows.js';
