#pragma once
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
// xmlFree is a mutable global function pointer, which Swift refuses to read.
static inline void tnt_xmlFree(void *memory) { xmlFree(memory); }
