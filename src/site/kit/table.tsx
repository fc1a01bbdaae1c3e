import type { ComponentChildren } from 'preact';

interface TableProps {
  /** What is in it, for whoever does not see it. */
  label: string;
  headings: ComponentChildren[];
  children: ComponentChildren;
}

/** A table, which on a narrow screen is moved sideways by itself, not with the page. */
export function Table({ label, headings, children }: TableProps) {
  return (
    <div class="table-responsive mb-3" tabIndex={0} role="region" aria-label={label}>
      <table class="table align-middle mb-0">
        <thead>
          <tr>
            {headings.map((heading) =>
              typeof heading === 'string' ? <th scope="col">{heading}</th> : heading,
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
