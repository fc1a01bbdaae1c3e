/** The names of a user's roles, sorted, as an expression over a row `u` of users. */
export const ROLES_OF_USER = `
  ARRAY(SELECT r.name::text FROM user_roles ur JOIN roles r ON r.id = ur.role_id
        WHERE ur.user_id = u.id ORDER BY 1)`;

/** The codenames granted to a user directly, sorted. */
export const DIRECT_PERMISSIONS_OF_USER = `
  ARRAY(SELECT permission_codename::text FROM user_permissions WHERE user_id = u.id ORDER BY 1)`;

/** The codenames granted to a user directly or by roles, sorted, whether the account is active or not. */
export const GRANTED_PERMISSIONS_OF_USER = `
  ARRAY(SELECT permission_codename::text FROM user_permissions WHERE user_id = u.id
        UNION
        SELECT rp.permission_codename::text
        FROM user_roles ur JOIN role_permissions rp ON rp.role_id = ur.role_id
        WHERE ur.user_id = u.id
        ORDER BY 1)`;

/**
 * The codenames a user holds, sorted, as an expression over a row `u` of users: an inactive user
 * none, a superuser all, everybody else what is granted.
 */
export const PERMISSIONS_OF_USER = `
  CASE WHEN NOT u.is_active THEN ARRAY[]::text[]
       WHEN u.is_superuser THEN ARRAY(SELECT codename::text FROM permissions ORDER BY 1)
       ELSE ${GRANTED_PERMISSIONS_OF_USER}
  END`;

/**
 * The ids of all who hold the permission `:permission` if their account is active, superusers included.
 * `:grantingRoles` are the ids of the roles that grant it: told, the planner knows how many have them.
 */
export const HOLDERS_OF_PERMISSION = `
  SELECT user_id FROM user_permissions WHERE permission_codename = :permission
  UNION
  SELECT user_id FROM user_roles WHERE role_id = ANY(:grantingRoles)
  UNION
  SELECT id FROM users WHERE is_superuser`;
