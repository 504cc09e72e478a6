/** Characters that nobody sees: in an identifier they make two out of one. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** A text in the one form in which Unicode writes it (NFC), without blanks around it. */
export const plainText = (text: string): string => text.normalize('NFC').trim();

/** An identifier or an address: a plain text without characters that nobody sees. */
export const plainIdentifier = (text: string): string => plainText(text.replace(INVISIBLE, ''));
