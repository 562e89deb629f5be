// What the adapter needs of CBC and its C interface lacks: an ear for events, by which a search is stopped; a log that
// is not printed; and a check of parameters, of which CBC itself says no more than a line of text.
//
// Models are made, filled and freed by the C interface; Coin_C_defines.h shows C++ code what they consist of.

#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "CbcEventHandler.hpp"
#include "CbcModel.hpp"
#include "CbcOrClpParam.hpp"
#include "CbcSolver.hpp"
#include "ClpEventHandler.hpp"
#include "ClpSimplex.hpp"
#include "CoinMessageHandler.hpp"
#include "OsiClpSolverInterface.hpp"

#define CBC_EXTERN_C
#include "Coin_C_defines.h"

namespace {

// Functions of the caller and what they get; neither may throw.
struct Listener {
  void *data;
  // Whether to stop; `incumbent` points to the objective of the search's best point, or is null.
  int (*stops)(void *data, const double *incumbent);
  // A message, without the end of its line.
  void (*log)(void *data, const char *message);
};

class Log : public CoinMessageHandler {
public:
  explicit Log(const Listener &listener) : listener_(listener) {}
  CoinMessageHandler *clone() const override { return new Log(*this); }
  int print() override
  {
    listener_.log(listener_.data, messageBuffer());
    return 0;
  }

private:
  Listener listener_;
};

class TreeEvents : public CbcEventHandler {
public:
  explicit TreeEvents(const Listener &listener) : listener_(listener) {}
  CbcEventHandler *clone() const override { return new TreeEvents(*this); }
  CbcAction event(CbcEvent which) override
  {
    switch (which) {
    case node:
    case treeStatus:
    case solution:
    case heuristicSolution:
    case afterHeuristic:
    case heuristicPass:
    case generatedCuts:
      return listener_.stops(listener_.data, incumbent()) ? stop : noAction;
    default:
      return noAction;
    }
  }

private:
  // Heuristics search parts of the model, with objectives of their own.
  const double *incumbent()
  {
    const bool searches_part = !model_ || model_->parentModel() || (model_->specialOptions() & 2048) != 0;
    if (searches_part || !model_->bestSolution())
      return nullptr;
    objective_ = model_->getMinimizationObjValue();
    return &objective_;
  }

  Listener listener_;
  double objective_ = 0.0;
};

class SimplexEvents : public ClpEventHandler {
public:
  explicit SimplexEvents(const Listener &listener) : listener_(listener) {}
  ClpEventHandler *clone() const override { return new SimplexEvents(*this); }
  int event(Event which) override
  {
    // CBC has no words for an LP that an event ended, and reads beyond the end of those that it has; for one that ran
    // out of iterations it has.
    if (which == endOfIteration && listener_.stops(listener_.data, nullptr))
      model_->setMaximumIterations(0);
    return -1;
  }

private:
  Listener listener_;
};

// CBC calls back at its stages too; nothing is to be done there.
int continue_always(CbcModel *, int)
{
  return 0;
}

} // namespace

extern "C" {

// A log's owner; it must outlive the model that was solved with it.
void *solver_api_cbc_log_new(const Listener *listener)
{
  return new Log(*listener);
}

void solver_api_cbc_log_delete(void *log)
{
  delete static_cast<Log *>(log);
}

// The full name of the option that `name` means to CBC, valid until the next call on this thread; null where it has none
// or `value` does not suit it. Any thread may ask at any time.
const char *solver_api_cbc_option(const char *name, const char *value)
{
  // CBC writes what it says of a value to one buffer for all.
  static std::mutex one_at_a_time;
  const std::lock_guard<std::mutex> guard(one_at_a_time);
  static const CbcSolverUsefulData known;
  const std::vector<CbcOrClpParam> &options = known.parameters_;
  const CbcOrClpParam *found = nullptr;
  for (const CbcOrClpParam &option : options) {
    if (option.matches(name) == 1) {
      found = &option;
      break;
    }
  }
  if (!found || !*value)
    return nullptr;
  // CBC's numbers of types: reals, whole numbers, words, then files and commands.
  const int type = found->type();
  char *end = nullptr;
  errno = 0;
  if (type <= 100) {
    const double number = std::strtod(value, &end);
    // CBC says something of every value but the one that it has, and takes over only those within its range.
    CbcOrClpParam copy(*found);
    const bool says_something = copy.setDoubleValueWithMessage(number) != nullptr;
    if (*end || copy.doubleValue() != number || (says_something && found->doubleValue() == number))
      return nullptr;
  } else if (type <= 200) {
    const long number = std::strtol(value, &end, 10);
    CbcOrClpParam copy(*found);
    if (*end || errno || number != static_cast<int>(number))
      return nullptr;
    const bool says_something = copy.setIntValueWithMessage(static_cast<int>(number)) != nullptr;
    if (copy.intValue() != number || (says_something && found->intValue() == number))
      return nullptr;
  } else if (type > 400 || found->parameterOption(value) < 0) {
    return nullptr;
  }
  static thread_local std::string full_name;
  full_name = found->name();
  return full_name.c_str();
}

// Solves a model with the parameters that Cbc_setParameter gave it; 0 where CBC threw an exception.
int solver_api_cbc_solve(Cbc_Model *model, void *log, const Listener *listener, int log_level)
{
  CbcModel &search = *model->model_;
  Log *messages = static_cast<Log *>(log);
  messages->setLogLevel(log_level);
  search.passInMessageHandler(messages);
  model->solver_->passInMessageHandler(messages);
  model->solver_->getModelPtr()->setLogLevel(log_level);
  // Without this CBC gives the LP solver no word; what it has to say goes to the log above.
  model->cbcData->noPrinting_ = log_level == 0;
  // Signals belong to the program, not to a library.
  model->cbcData->useSignalHandler_ = false;
  const bool is_linear = model->solver_->getNumIntegers() == 0;
  TreeEvents tree_events(*listener);
  SimplexEvents simplex_events(*listener);
  search.passInEventHandler(&tree_events);
  if (is_linear)
    model->solver_->getModelPtr()->passInEventHandler(&simplex_events);
  std::vector<const char *> arguments{ "cbc" };
  for (const std::string &argument : model->cmdargs_)
    arguments.push_back(argument.c_str());
  arguments.push_back("-solve");
  arguments.push_back("-quit");
  try {
    CbcMain1(static_cast<int>(arguments.size()), arguments.data(), search, continue_always, *model->cbcData);
  } catch (...) {
    return 0;
  }
  return 1;
}

// Simplex iterations, of branch and bound or of an LP.
int solver_api_cbc_iterations(Cbc_Model *model)
{
  return model->model_->getIterationCount() + model->solver_->getModelPtr()->numberIterations();
}

// The best point of a search, or null.
const double *solver_api_cbc_best_point(Cbc_Model *model)
{
  return model->model_->bestSolution();
}

// The prices of an LP's rows.
const double *solver_api_cbc_row_prices(Cbc_Model *model)
{
  return model->model_->solver()->getRowPrice();
}

} // extern "C"
