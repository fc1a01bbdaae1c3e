import { Injectable } from '@nestjs/common';
import { GatehouseDataSource } from '../platform/database/data-source.js';

/** How many there are. */
export interface Overview {
  users: number;
  inactive: number;
  superusers: number;
  roles: number;
  /** Accounts that were opened or added within a week. */
  newUsers: number;
}

/** The place in numbers. */
@Injectable()
export class OverviewService {
  constructor(private readonly dataSource: GatehouseDataSource) {}

  async get(): Promise<Overview> {
    const [overview] = await this.dataSource.query<[Overview]>(`
      SELECT (SELECT count(*) FROM users)::integer AS users,
             (SELECT count(*) FROM users WHERE NOT is_active)::integer AS inactive,
             (SELECT count(*) FROM users WHERE is_superuser)::integer AS superusers,
             (SELECT count(*) FROM roles)::integer AS roles,
             (SELECT count(*) FROM users WHERE created_at > now() - interval '7 days')::integer
               AS "newUsers"`);
    return overview;
  }
}
