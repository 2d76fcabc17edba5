#pragma once
// GNU libidn's stringprep (RFC 3454) as Swift sees it. An array of unknown length is not imported, hence the accessor.
#include <stringprep.h>
#include <idn-free.h>

/* The steps of the profile SASLprep (RFC 4013); the last has operation 0. */
static inline const Stringprep_profile *tnt_saslprep_steps(void) { return stringprep_saslprep; }
static inline int tnt_step_operation(const Stringprep_profile *step) { return (int)step->operation; }
