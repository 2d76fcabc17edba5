#pragma once
#include <stringprep.h>
#include <idn-free.h>
