import { Declarations } from '../../common/declarations.js';
import { loadConfigFromProcess } from '../config/load-config.js';
import { createDataSource } from './data-source.js';

/** The data source of the `typeorm` command line (`npm run migration:*`). */
export default createDataSource(loadConfigFromProcess(), new Declarations(), false);
