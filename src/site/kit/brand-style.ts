import {
  type Accent,
  type AccentOnPage,
  hexOf,
  type Rgb,
} from '../../platform/brand/accent-color.js';

const numbersOf = (color: Rgb) => color.join(',');

/**
 * The style sheet of an accent colour, which follows Bootstrap's and ours. Bootstrap's compiled classes do not derive
 * their shades, so each is named here.
 */
export function brandStyle(accent: Accent): string {
  return `${fixed(accent)}${onPage(accent, accent.light)}
@media (prefers-color-scheme: dark) {${onPage(accent, accent.dark)}}
`;
}

/** What is the same in light and dark. */
function fixed({ fill, onFill, hover, active, light }: Accent): string {
  return `:root {
  --bs-primary: ${hexOf(fill)};
  --bs-primary-rgb: ${numbersOf(fill)};
  --bs-focus-ring-color: rgba(${numbersOf(fill)},.25);
}
.btn-primary, .btn-outline-primary {
  --bs-btn-hover-color: ${hexOf(onFill)};
  --bs-btn-hover-bg: ${hexOf(hover)};
  --bs-btn-hover-border-color: ${hexOf(hover)};
  --bs-btn-active-color: ${hexOf(onFill)};
  --bs-btn-active-bg: ${hexOf(active)};
  --bs-btn-active-border-color: ${hexOf(active)};
  --bs-btn-focus-shadow-rgb: ${numbersOf(fill)};
}
.btn-primary {
  --bs-btn-color: ${hexOf(onFill)};
  --bs-btn-bg: ${hexOf(fill)};
  --bs-btn-disabled-color: ${hexOf(onFill)};
  --bs-btn-disabled-bg: ${hexOf(fill)};
}
.text-bg-primary { color: ${hexOf(onFill)} !important; }
/* The tick is a white picture. */
.form-check-input:checked { background-color: ${hexOf(light.border)}; }
`;
}

function onPage(accent: Accent, { text, textHover, border }: AccentOnPage): string {
  const ring = `0 0 0 .25rem rgba(${numbersOf(border)},.35)`;
  return `
:root {
  --bs-link-color: ${hexOf(text)};
  --bs-link-color-rgb: ${numbersOf(text)};
  --bs-link-hover-color: ${hexOf(textHover)};
  --bs-link-hover-color-rgb: ${numbersOf(textHover)};
}
.btn-primary {
  --bs-btn-border-color: ${hexOf(border)};
  --bs-btn-disabled-border-color: ${hexOf(border)};
}
.btn-outline-primary {
  --bs-btn-color: ${hexOf(text)};
  --bs-btn-border-color: ${hexOf(text)};
}
.form-control:focus, .form-select:focus, .form-check-input:focus {
  border-color: ${hexOf(border)};
  box-shadow: ${ring};
}
.nav-link:focus-visible { box-shadow: ${ring}; }
.form-check-input:checked { border-color: ${hexOf(border)}; }
`;
}
