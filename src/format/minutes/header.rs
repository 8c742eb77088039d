//! The header of minutes: labelled fields, which may wrap or stand apart from their values.
//! Grammar `header` of the notes on Swedish minutes, 5.1, with the vocabulary of 4.8.
