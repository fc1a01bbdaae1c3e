/** The name that visitors see, which is therefore among the first guesses at a password. */
export const PRODUCT_NAME = 'Gatehouse';
