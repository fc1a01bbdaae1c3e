import 'reflect-metadata';

const PAGE = 'gatehouse:page';

/** Marks a controller as one of pages: its callers are known by their cookie, never by a bearer token. */
export const markAsPages: ClassDecorator = (controller) =>
  Reflect.defineMetadata(PAGE, true, controller);

const known = new WeakMap<object, boolean>();

/** Whether a controller is one of pages. Everything else is API, for which cookies do not exist. */
export function isOfPages(controller: object): boolean {
  let isOne = known.get(controller);
  if (isOne === undefined) {
    isOne = Reflect.getMetadata(PAGE, controller) === true;
    known.set(controller, isOne);
  }
  return isOne;
}
