// Package mask replaces personal values by made-up ones that behave alike.
//
// In: a salt, and values with the type of their column. Out: values of the same
// kind. The same value always gives the same mask, in whichever column and
// whichever run with the same salt, and different values give different ones, so
// that joins find each other and duplicates stay duplicates. Without the salt
// nobody can find a value by trying.
//
//   - E-mail addresses become addresses below .example, to which no mail can be
//     sent. Addresses that are the same but for case and white space around them
//     stay the same but for that; people of one domain stay people of one domain.
//     What is no address stays none.
//   - Words become words that sound like names, upper case where the word was.
//     "Diana Prince" is the masks of Diana and of Prince.
//   - Digits become digits, so that phone numbers and postcodes keep their form.
//     Numbers keep their sign, their length and where the point is.
//   - Days become other days from 1900 to 2099; a time of day stays.
//   - Web addresses become web addresses below .example.
//   - Lists and objects are masked value by value.
//
// NULL, empty texts, white space, punctuation and true or false stay as they
// are: they say nothing of anybody. How many letters a long address has, and how
// many digits a number, is still to be seen.
//
// Two different words have the same mask with a chance of 1 in about 5 thousand
// million; with addresses it is far less; with digits and days it never happens.
//
// It imports no other package of this module.
package mask
