// Comforts only: every page works without this file.

for (const input of document.querySelectorAll('input[type=password]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn btn-outline-secondary';
  button.textContent = 'Show';
  button.setAttribute('aria-label', `Show the field “${input.labels[0]?.textContent.trim()}”`);
  button.setAttribute('aria-pressed', 'false');
  const show = (isShown) => {
    input.type = isShown ? 'text' : 'password';
    button.textContent = isShown ? 'Hide' : 'Show';
    button.setAttribute('aria-pressed', String(isShown));
  };
  button.addEventListener('click', () => show(input.type === 'password'));
  // Browsers keep what was typed as text: in the list of earlier inputs, and with the page that one goes back to.
  input.form?.addEventListener('submit', () => show(false));
  window.addEventListener('pagehide', () => show(false));
  const group = document.createElement('div');
  group.className = 'input-group';
  input.replaceWith(group);
  group.append(input, button);
}

// A hint, not a rule: the server decides. Length counts most, then how many different characters there are.
for (const input of document.querySelectorAll('input[data-strength]')) {
  const hint = document.createElement('div');
  hint.className = 'form-text';
  hint.setAttribute('aria-live', 'polite');
  input.closest('.mb-3').append(hint);
  const minimum = Number(input.dataset.strength);
  input.addEventListener('input', () => {
    const characters = [...input.value];
    const bits = characters.length * Math.log2(new Set(characters).size + 1);
    const missing = minimum - characters.length;
    if (characters.length === 0) hint.textContent = '';
    else if (missing > 0) hint.textContent = `${missing} more to go`;
    else if (bits < 40) hint.textContent = 'Easy to guess. A few words in a row are better.';
    else if (bits < 65) hint.textContent = 'Fair. Longer is better.';
    else hint.textContent = 'Strong.';
  });
}

// One box that chooses all, in the heading of a list that one chooses from.
const choices = [...document.querySelectorAll('input[name=ids][type=checkbox]')];
for (const list of new Set(choices.map((box) => box.closest('table')))) {
  const boxes = [...list.querySelectorAll('input[name=ids]')];
  const all = document.createElement('input');
  all.type = 'checkbox';
  all.className = 'form-check-input';
  all.setAttribute('aria-label', 'Choose all on this page');
  all.addEventListener('change', () => {
    for (const box of boxes) box.checked = all.checked;
  });
  list.querySelector('thead th').append(all);
}

// Sent once, however often the button is pressed in a row. Where the answer opened in another tab, or never
// came, the page stays usable.
for (const form of document.querySelectorAll('form[method=post]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
    setTimeout(() => delete form.dataset.sent, 5000);
  });
}
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
});

// Times in the reader's zone; the time in UTC, as the server wrote it, stays in the title.
const two = (number) => String(number).padStart(2, '0');
for (const time of document.querySelectorAll('time[datetime]')) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  time.title = time.textContent;
  time.textContent = `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

// Days of a filter are those of the reader, unless the filter was made in another zone.
const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
for (const field of document.querySelectorAll('input[name=zone][type=hidden]')) {
  if (field.value !== '' || !timeZone) continue;
  const form = field.form;
  // A list that was narrowed by days of UTC says so.
  const isNarrowed = [...form.querySelectorAll('input[type=date]')].some(
    ({ value }) => value !== '',
  );
  if (isNarrowed) continue;
  field.value = timeZone;
  for (const label of form.querySelectorAll('label')) {
    label.textContent = label.textContent.replace('(UTC)', `(${timeZone})`);
  }
}
