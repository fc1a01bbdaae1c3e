const REASONS: Record<string, string> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'it is not a directory',
  EEXIST: 'it is not a directory',
  ENOSPC: 'there is no space left',
  EDQUOT: 'there is no space left',
};

/** Says why the data folder cannot be used, when that is what an error of the file system means. */
export function reasonOfDataFolder(error: unknown, dataDir: string): string | undefined {
  const { code, path } = error as NodeJS.ErrnoException;
  const reason = REASONS[code ?? ''];
  if (
    !reason ||
    !path ||
    !(`${path}/`.startsWith(`${dataDir}/`) || `${dataDir}/`.startsWith(`${path}/`))
  )
    return undefined;
  return `DATA_DIR (${dataDir}) cannot be used: ${reason} (${code}). Set DATA_DIR to a folder that this user may write to.`;
}
